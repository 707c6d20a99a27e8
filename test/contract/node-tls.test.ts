// time limit: 360 s
/** The table through the door on node:http2 over TLS: its own client where it can say the case, frames elsewhere. */
import { CASES } from './cases/index.ts';
import { after } from './doors/after.ts';
import { nodeCaller, rawCaller } from './doors/callers.ts';
import { beyondNodeClient, socketDoor } from './doors/sockets.ts';
import { openStreet } from './doors/street.ts';
import { runCases } from './run-cases.ts';

const street = await openStreet('node', true);
const shared = { street, secure: true, cutsBodies: true };
runCases(
  socketDoor({ ...shared, name: 'node tls', call: nodeCaller }),
  CASES.filter((each) => beyondNodeClient(each) === null),
);
runCases(
  socketDoor({ ...shared, name: 'node tls, in frames', call: rawCaller }),
  CASES.filter((each) => beyondNodeClient(each) !== null),
);
after(street);
