/** The one table of cases, run through every door. */
import type { Case } from '../case.ts';
import { BROADCAST } from './broadcast.ts';
import { CHANNEL_CASES } from './channels.ts';
import { CONNECTIONS } from './connections.ts';
import { CREDENTIALS } from './credentials.ts';
import { DEVICE } from './device.ts';
import { DEVICES } from './devices.ts';
import { ORDER_CASES } from './order.ts';
import { PATHS } from './paths.ts';
import { PROFILES } from './profiles.ts';
import { QUIRKS } from './quirks.ts';
import { SPELLED } from './spelled.ts';

export const CASES: readonly Case[] = [
  ...DEVICE,
  ...DEVICES,
  ...BROADCAST,
  ...CHANNEL_CASES,
  ...PATHS,
  ...CREDENTIALS,
  ...CONNECTIONS,
  ...PROFILES,
  ...QUIRKS,
  ...SPELLED,
  ...ORDER_CASES,
];
