import { useSignal } from '@preact/signals';
import { advanceClock, setClock } from '../api/calls.ts';
import { clock, serverNow, setClockView, tick } from '../state/clock.ts';
import { useLive } from '../state/live.ts';
import { attempt } from '../state/toast.ts';
import { clockTime, dayOf, duration } from '../text/format.ts';
import { Icon } from './Icon.tsx';
import { Page } from './Page.tsx';

const STEPS = [
  ['1s', 'a second'],
  ['1m', 'a minute'],
  ['20m', '20 minutes'],
  ['1h', 'an hour'],
  ['1d', 'a day'],
  ['30d', '30 days'],
] as const;

export function Clock() {
  useLive(clock);
  tick.value;
  const by = useSignal('90m');
  const view = clock.value.value;
  const now = serverNow();
  const advance = (step: string): void =>
    void attempt(async () => setClockView(await advanceClock(step)), `The clock moved on by ${step}.`);
  const set = (change: { frozen?: boolean; offset?: string }, done: string): void =>
    void attempt(async () => setClockView(await setClock(change)), done);
  return (
    <Page
      title="Clock"
      says="Tokens age, stored messages lapse and delays end by this clock. Moving it steps through every timer that falls due."
    >
      {clock.problem.value !== '' ? <p class="notice bad">{clock.problem.value}</p> : null}
      <section class="clock-face" data-frozen={view?.frozen ?? false}>
        <time class="clock-time">{clockTime(now)}</time>
        <span class="muted">{dayOf(now)}</span>
        <span class="clock-state">
          {view === null ? '' : view.frozen ? 'stands still' : 'runs'}
          {view === null || Math.abs(view.offset) < 1000
            ? ''
            : `, ${duration(view.offset)} ${view.offset > 0 ? 'ahead of' : 'behind'} this machine`}
        </span>
      </section>
      <fieldset class="clock-tools">
        <legend>Move on by</legend>
        {STEPS.map(([step, says]) => (
          <button type="button" class="button" key={step} onClick={() => advance(step)}>
            {says}
          </button>
        ))}
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            advance(by.value.trim());
          }}
        >
          <input
            type="text"
            aria-label="A duration, such as 250ms, 90m or 2h"
            value={by.value}
            onInput={(event) => {
              by.value = event.currentTarget.value;
            }}
          />
          <button type="submit" class="button primary">
            Advance
          </button>
        </form>
      </fieldset>
      <fieldset class="clock-tools">
        <legend>Run or stand</legend>
        <button
          type="button"
          class="button"
          onClick={() =>
            set(
              { frozen: view?.frozen !== true },
              view?.frozen === true ? 'The clock runs.' : 'The clock stands still.',
            )
          }
        >
          <Icon name={view?.frozen === true ? 'play' : 'pause'} size={16} />
          <span>{view?.frozen === true ? 'Let it run' : 'Stop it'}</span>
        </button>
        <button
          type="button"
          class="button"
          onClick={() => set({ frozen: false, offset: '0ms' }, 'The clock shows the time of this machine.')}
        >
          Back to this machine’s time
        </button>
      </fieldset>
    </Page>
  );
}
