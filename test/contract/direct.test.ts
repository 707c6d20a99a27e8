import { CASES } from './cases/index.ts';
import { direct } from './direct.ts';
import { runCases } from './run-cases.ts';

runCases(direct, CASES);
