// Prints whether OAuth libraries for JavaScript accept a token response with the status 201.

import { createServer } from "node:http";
import * as oauth4webapi from "oauth4webapi";
import * as openid from "openid-client";

const [id, secret] = ["peers", "no-secret-at-all"];

const libraries = {
  "openid-client": async (metadata) => {
    const configuration = new openid.Configuration(metadata, id, secret, openid.ClientSecretPost(secret));
    openid.allowInsecureRequests(configuration);
    await openid.clientCredentialsGrant(configuration);
  },
  oauth4webapi: async (metadata) => {
    const [client, authentication] = [{ client_id: id }, oauth4webapi.ClientSecretPost(secret)];
    const options = { [oauth4webapi.allowInsecureRequests]: true };
    const parameters = new URLSearchParams();
    const request = oauth4webapi.clientCredentialsGrantRequest;
    const response = await request(metadata, client, authentication, parameters, options);
    await oauth4webapi.processClientCredentialsResponse(metadata, client, response);
  },
};

for (const status of [200, 201]) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json", connection: "close" });
    response.end('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  for (const [name, requestToken] of Object.entries(libraries)) {
    const result = await requestToken({ issuer, token_endpoint: `${issuer}/token` }).then(
      () => "accepted",
      (error) => `refused: ${error.message}`,
    );
    console.log(`${name}, ${status}: ${result}`);
  }
  server.close();
}
