// time limit: 360 s
/** The table through the wire of our own over TLS: node:http2's client where it can say the case, frames elsewhere. */
import { CASES } from './cases/index.ts';
import { after } from './doors/after.ts';
import { nodeCaller, rawCaller } from './doors/callers.ts';
import { withCertificate } from './doors/reasons.ts';
import { beyondNodeClient, socketDoor } from './doors/sockets.ts';
import { openStreet } from './doors/street.ts';
import { runCases } from './run-cases.ts';

const street = await openStreet('own', true);
const shared = { street, secure: true };
// Those with a client certificate are run in mtls.test.ts.
const mine = CASES.filter((each) => !withCertificate(each));
runCases(
  socketDoor({ ...shared, name: 'wire tls', call: nodeCaller }),
  mine.filter((each) => beyondNodeClient(each) === null),
);
runCases(
  socketDoor({ ...shared, name: 'wire tls, in frames', call: rawCaller }),
  mine.filter((each) => beyondNodeClient(each) !== null),
);
after(street);
