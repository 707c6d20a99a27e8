import { CASES } from '../contract/cases/index.ts';
import { runCases } from '../contract/run-cases.ts';
import { mswDoor } from './doors.ts';

runCases(mswDoor, CASES);
