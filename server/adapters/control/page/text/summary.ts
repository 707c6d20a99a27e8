import type { ConnectionRecord, Exchange } from '../api/types.ts';
import { clip } from './format.ts';
import { dict } from './notice.ts';

/** What came, and what became of it, in one sentence; in parts, so that names can be set apart. */
export interface Summary {
  readonly came: string;
  readonly became: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  alert: 'Alert push',
  background: 'Background push',
  liveactivity: 'Live Activity push',
  voip: 'VoIP push',
  location: 'Location push',
  complication: 'Complication push',
  fileprovider: 'File provider push',
  mdm: 'MDM push',
  pushtotalk: 'Push-to-talk push',
  widgets: 'Widget push',
  controls: 'Controls push',
};

export const header = ({ request }: Exchange, name: string): string | undefined =>
  request.headers.find(([each]) => each === name)?.[1];

export const DEVICE_PATH = '/3/device/';
export const tokenOf = ({ operation, request }: Exchange): string =>
  operation === 'device.send' && request.path.startsWith(DEVICE_PATH) ? request.path.slice(DEVICE_PATH.length) : '';

export function kindOf(exchange: Exchange): string {
  switch (exchange.operation) {
    case 'device.send':
      return TYPE_NAMES[header(exchange, 'apns-push-type')?.toLowerCase() ?? ''] ?? 'Device push';
    case 'broadcast.send':
      return 'Broadcast';
    case 'channels.create':
      return 'Create channel';
    case 'channels.read':
      return 'Read channel';
    case 'channels.delete':
      return 'Delete channel';
    case 'channels.list':
      return 'List channels';
    case 'unknown':
      return `${exchange.request.method} ${exchange.request.path}`;
  }
}

export function summaryOf(exchange: Exchange): Summary {
  const { topic, environment } = exchange;
  const token = tokenOf(exchange);
  const channel = header(exchange, 'apns-channel-id');
  const place = [
    topic === '' ? '' : ` for ${topic}`,
    token === '' ? '' : ` to device ${clip(token)}`,
    channel === undefined ? '' : ` on channel ${clip(channel, 12, 4)}`,
  ].join('');
  return { came: `${kindOf(exchange)}${place}, ${environment}`, became: becameOf(exchange) };
}

function becameOf(exchange: Exchange): string {
  const { verdict, rule, response, actions } = exchange;
  const would = verdict.reason === null ? 'would be accepted' : `would be refused: ${verdict.status} ${verdict.reason}`;
  if (response === null)
    return `never got an answer (${actions.at(0)?.do ?? 'nothing was sent'}); by itself it ${would}`;
  const answer = `${response.status}${reasonOf(response.body)}`;
  if (rule !== null) return `was answered ${answer} by a rule; by itself it ${would}`;
  const wanted = `${verdict.status}${verdict.reason === null ? '' : ` ${verdict.reason}`}`;
  if (answer !== wanted && response.status !== verdict.status)
    return `was made to be answered ${answer}; by itself it ${would}`;
  return response.status < 300 ? 'was accepted' : `was refused: ${answer}`;
}

export function reasonOf(body: unknown): string {
  const reason = dict(body)?.['reason'];
  return typeof reason === 'string' ? ` ${reason}` : '';
}

const KIND_NAMES: Readonly<Record<ConnectionRecord['kind'], string>> = {
  'connection-opened': 'Connection opened',
  'connection-closed': 'Connection closed',
  'connection-refused': 'Connection refused',
  'goaway-sent': 'GOAWAY sent',
  'goaway-received': 'GOAWAY received',
  'stream-failed': 'Stream failed',
  'late-stream': 'Late stream',
  'settings-changed': 'Settings changed',
  'protocol-error': 'Protocol error',
  'limit-tripped': 'Limit tripped',
  fault: 'Fault by a rule',
  operator: 'By hand',
};

export const nameOfKind = (kind: ConnectionRecord['kind']): string => KIND_NAMES[kind] ?? kind;
