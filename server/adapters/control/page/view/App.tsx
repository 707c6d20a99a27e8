import type { ComponentType } from 'preact';
import { clock } from '../state/clock.ts';
import { useLive } from '../state/live.ts';
import { type View, view } from '../state/route.ts';
import { Channels } from './Channels.tsx';
import { Clock } from './Clock.tsx';
import { Connections } from './Connections.tsx';
import { Exchanges } from './Exchanges.tsx';
import { Help } from './Help.tsx';
import { Reasons } from './Reasons.tsx';
import { Scenario } from './Scenario.tsx';
import { Sidebar } from './Sidebar.tsx';
import { Toasts } from './Toasts.tsx';
import { TokenPrompt } from './TokenPrompt.tsx';

const PAGES: Record<View, ComponentType> = {
  exchanges: Exchanges,
  channels: Channels,
  connections: Connections,
  scenario: Scenario,
  clock: Clock,
  reasons: Reasons,
};

export function App() {
  useLive(clock);
  const Current = PAGES[view.value];
  return (
    <div class="app">
      <Sidebar />
      <main class="main">
        <TokenPrompt />
        <Current />
      </main>
      <Toasts />
      <Help />
    </div>
  );
}
