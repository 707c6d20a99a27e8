import { nearest } from '../options/near.ts';
import { usageOf } from '../options/table.ts';
import { UsageError, usage } from '../options.ts';
import type { Command, Commands } from './command.ts';

/** What `--help` says. */
export function help(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = Object.entries(commands).map(([name, { says }]) => `  ${name.padEnd(width)} ${says}`);
  return `mock-apns: a local stand-in for the Apple Push Notification service

Usage: mock-apns [command] [options]

Commands (mock-apns help COMMAND says more):
${lines.join('\n')}

Options of the server:
${usage()}
`;
}

/** The help of one command: usage, examples, arguments, options. @throws UsageError where there is no such command */
export async function helpOf(commands: Commands, name: string): Promise<string> {
  const { usage, says, examples, takes = [], flags, more } = commandNamed(commands, name);
  const width = Math.max(...takes.map(([{ length }]) => length));
  const parts = [
    `Usage: mock-apns ${usage}\n\n${says[0]?.toUpperCase()}${says.slice(1)}.\n`,
    `${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((line) => `  ${line}\n`).join('')}`,
    takes.map(([word, meaning]) => `  ${word.padEnd(width)}  ${meaning}\n`).join(''),
    flags === undefined ? '' : `Options:\n${usageOf((await flags()).FLAGS)}\n`,
    (await more?.()) ?? '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** @throws UsageError where there is none of that name */
export function commandNamed(commands: Commands, name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const near = nearest(name, Object.keys(commands));
  throw new UsageError([`there is no command ${name}${near === null ? '' : `; did you mean ${near}?`}`]);
}
