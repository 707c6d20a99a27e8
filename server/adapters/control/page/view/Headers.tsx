import type { Placed } from '../text/advice-place.ts';
import { epoch } from '../text/format.ts';
import { Remark } from './Remark.tsx';

/** A header list as it travelled; repeated names are repeated. */
export function Headers({
  list,
  placed = [],
}: {
  list: readonly (readonly [string, string])[];
  placed?: readonly Placed[];
}) {
  if (list.length === 0) return <p class="muted">No headers.</p>;
  return (
    <table class="headers">
      <tbody>
        {list.map(([name, value], index) => {
          const remarks = placed.filter((each) => each.header === name);
          const meaning = meaningOf(name, value);
          return (
            <tr key={index} data-advised={remarks.length > 0}>
              <th scope="row">{name}</th>
              <td>
                <code>{value}</code>
                {meaning === '' ? null : <span class="muted"> {meaning}</span>}
                {remarks.map(({ advice }) => (
                  <Remark key={advice.id} advice={advice} />
                ))}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const PRIORITIES: Readonly<Record<string, string>> = {
  '10': 'at once',
  '5': 'as power allows',
  '1': 'never wakes the device',
};

function meaningOf(name: string, value: string): string {
  if (name === 'apns-priority') return PRIORITIES[value] ?? '';
  if (name !== 'apns-expiration') return '';
  if (value === '0') return 'tried once, never stored';
  return /^\d+$/.test(value) ? `until ${epoch(Number(value))}` : '';
}
