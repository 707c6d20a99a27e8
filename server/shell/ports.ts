import { isUtf8 } from 'node:buffer';
import type { Ports } from '../core/ports.ts';
import {
  importPublicKey,
  latin1Decode,
  latin1Encode,
  type PublicKeyHandle,
  utf8Decode,
  verifyEs256,
} from './crypto.ts';

/** What the core asks a runtime for, as Node has it. */
export const NODE_PORTS: Ports = {
  utf8: utf8Decode,
  isUtf8,
  latin1: latin1Decode,
  putLatin1: latin1Encode,
  publicKey: importPublicKey,
  verify: (handle, text, signature) => verifyEs256(handle as PublicKeyHandle, text, signature),
};
