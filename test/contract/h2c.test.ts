// time limit: 360 s
/** The table through the wire of our own, without TLS, read frame by frame. */
import { CASES } from './cases/index.ts';
import { after } from './doors/after.ts';
import { rawCaller } from './doors/callers.ts';
import { noCertificates } from './doors/reasons.ts';
import { socketDoor } from './doors/sockets.ts';
import { openStreet } from './doors/street.ts';
import { runCases } from './run-cases.ts';

const street = await openStreet('own', false);
const cannot = noCertificates;
runCases(socketDoor({ name: 'wire h2c', street, secure: false, call: rawCaller, cannot }), CASES);
after(street);
