"""A hook of Schemathesis for the contract: valid credentials in the form."""

import schemathesis

from emulator import CLIENT_ID, CLIENT_SECRET


@schemathesis.hook
def before_call(context, case, kwargs):
    """Adds the credentials."""
    if isinstance(case.body, dict):
        case.body.update(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
