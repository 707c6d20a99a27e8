import { CASES } from '../contract/cases/index.ts';
import { runCases } from '../contract/run-cases.ts';
import { fetchDoor } from './doors.ts';

runCases(fetchDoor, CASES);
