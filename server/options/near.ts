export { distance, nearest } from '../core/near.ts';
