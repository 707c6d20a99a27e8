import { spawn } from 'node:child_process';

/**
 * Should this process be killed outright, nobody would end the command or remove the files. So a shell waits at the other
 * end of a pipe, which breaks when we are gone for whatever reason. It costs a millisecond.
 */
export interface Guardian {
  /** What is to be ended: a process, or a group with a minus in front. */
  readonly watch: (target: number) => void;
  /** All is tidy; nothing is left to do. */
  readonly dismiss: () => void;
}

/**
 * Reads the target, then `done` or the end of the pipe. When we were killed before we could name one, the command may be
 * running already: on Linux it is found, with all that it started, by the folder that its environment names.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
target=
while read -r word; do
  case $word in done) exit 0 ;; *) target=$word ;; esac
done
if [ -z "$target" ]; then
  sleep 0.1
  for file in /proc/[0-9]*/environ; do
    grep -qsaF -- "$1" "$file" || continue
    pid=\${file#/proc/}
    target="$target \${pid%/environ}"
  done
fi
if [ -n "$target" ]; then
  kill -TERM $target
  n=0
  while [ $n -lt 20 ] && kill -0 $target; do sleep 0.1; n=$((n + 1)); done
  kill -KILL $target
fi
rm -rf -- "$1"
`;

const NOBODY: Guardian = { watch: () => undefined, dismiss: () => undefined };

export function createGuardian(folder: string): Guardian {
  if (process.platform === 'win32') return NOBODY;
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'mock-apns-guardian', folder], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    // Out of reach of the signals that a terminal sends to everybody.
    detached: true,
  });
  // Without a shell there is no guardian, and all else works.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as typeof shell.stdin & { unref?: () => void }).unref?.();
  return {
    watch: (target) => void shell.stdin.write(`${target}\n`),
    dismiss: () => void shell.stdin.end('done\n'),
  };
}
