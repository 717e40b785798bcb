//! The notes on an extracted contract, for its author.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use moneykit_contract::Escaped;

use super::ExtractedContract;

impl ExtractedContract {
    /// Returns what the contract has and the vendor's document does not, and the other way round: a list for each kind,
    /// with a blank line below it. Empty if there is nothing to note. Control characters of the document are escaped.
    pub fn notes(&self) -> impl Display + '_ {
        Notes(self)
    }
}

struct Notes<'a>(&'a ExtractedContract);

impl Display for Notes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(extracted) = self;
        let mut lost: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for part in &extracted.unsupported {
            lost.entry(&part.reason).or_default().push(&part.pointer);
        }
        for (reason, parts) in lost {
            list(f, &format!("Not in OpenAPI 3.0: {reason}"), parts)?;
        }
        list(f, "References without a target", &extracted.dangling)?;
        let dropped = extracted.dropped.iter().map(|(field, count)| format!("{field} ({count})"));
        list(f, "Of no use to the generator, and dropped", dropped)?;
        list(f, "Marked as secrets, because of their names", &extracted.secrets)?;
        list(f, "Assumed; check them", &extracted.assumptions)
    }
}

fn list<T: Display>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    items: impl IntoIterator<Item = T>,
) -> fmt::Result {
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() {
        return Ok(());
    }
    writeln!(f, "{}:", Escaped(title))?;
    for item in items {
        writeln!(f, "  {}", Escaped(item))?;
    }
    writeln!(f)
}
