// An application's backend, run with the installed package and plain Node: mints tokens, takes webhooks, prints both as
// lines of JSON.
import { createServer } from 'node:http';
import { mintAccessToken, verifyWebhook } from '@partyline/client/server';

const { API_KEY_ID: keyId, API_SECRET: secret, WEBHOOK_SECRETS, ROOMS, IDENTITIES } = process.env;
const say = (line) => console.log(JSON.stringify(line));

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { headers } = request;
  const result = await verifyWebhook({
    body: Buffer.concat(chunks),
    headers,
    secrets: WEBHOOK_SECRETS.split(','),
  });
  say(result.ok ? { event: result.event } : { fault: result.fault });
  response.writeHead(result.ok ? 204 : 401).end();
});
server.listen(0, '127.0.0.1', async () => {
  const tokens = {};
  for (const room of ROOMS.split(',')) {
    tokens[room] = {};
    for (const identity of IDENTITIES.split(',')) {
      tokens[room][identity] = await mintAccessToken({ keyId, secret, room, identity, name: identity });
    }
  }
  say({ url: `http://127.0.0.1:${server.address().port}/`, tokens });
});
