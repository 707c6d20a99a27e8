// time limit: 360 s
/** The table through the door on node:http2 without TLS, read frame by frame. */
import { CASES } from './cases/index.ts';
import { after } from './doors/after.ts';
import { rawCaller } from './doors/callers.ts';
import { noCertificates } from './doors/reasons.ts';
import { socketDoor } from './doors/sockets.ts';
import { openStreet } from './doors/street.ts';
import { runCases } from './run-cases.ts';

const street = await openStreet('node', false);
runCases(
  socketDoor({ name: 'node h2c', street, secure: false, call: rawCaller, cannot: noCertificates, cutsBodies: true }),
  CASES,
);
after(street);
