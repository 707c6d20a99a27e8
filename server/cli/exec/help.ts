import { usage } from '../../options.ts';
import { PLACEHOLDERS } from './templates.ts';

/** What `exec --help` says besides usage and examples. */
export const help =
  (): string => `Starts a server on free ports, runs CMD with its addresses, a key and trust in the environment (APNS_URL, APNS_MANAGE_URL,
APNS_KEY_FILE, APNS_KEY_ID, APNS_TEAM_ID, …), judges what the scenario expects, and ends as CMD ended; 3 if an expectation is not met.

  --env NAME=VALUE   a further variable; may be given several times, and hold placeholders
  --timeout 60s      ends CMD when it takes longer; exit code 124

Placeholders:
${Object.entries(PLACEHOLDERS)
  .map(([name, says]) => `  ${`{{${name}}}`.padEnd(25)} ${says}`)
  .join('\n')}

Options of the server; the ports are free ones, --certs is memory and --log quiet unless given:
${usage()}
`;
