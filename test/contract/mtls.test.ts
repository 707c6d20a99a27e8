/** Cases with a client certificate, through the wire of our own over mutual TLS, read frame by frame. */
import { CASES } from './cases/index.ts';
import { after } from './doors/after.ts';
import { rawCaller } from './doors/callers.ts';
import { withCertificate } from './doors/reasons.ts';
import { socketDoor } from './doors/sockets.ts';
import { openStreet } from './doors/street.ts';
import { runCases } from './run-cases.ts';

const street = await openStreet('own', true);
runCases(socketDoor({ name: 'wire mtls', street, secure: true, call: rawCaller }), CASES.filter(withCertificate));
after(street);
