import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import './style/list.css';
import './style/detail.css';
import './style/phone.css';
import './style/views.css';
import './style/motion.css';
import './style/narrow.css';
import { render } from 'preact';
import { start } from './state/journal.ts';
import { onKey } from './state/keys.ts';
import { App } from './view/App.tsx';

addEventListener('keydown', onKey);
render(<App />, document.getElementById('app') as HTMLElement);
start();
