import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createRandom, type Random } from '../../server/core/random.ts';

const test = suite('core: random');
const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const SEEDS = [0, 1, 42, 2 ** 32 - 1, 2 ** 40 + 7];

test('the same seed tells the same story', () => {
  for (const seed of SEEDS) {
    const story = (random: Random): unknown[] => [
      draw(20, random.uint32),
      random.uuid(),
      random.bytes(33),
      draw(5, random.fraction),
      random.uuid(),
    ];
    assert.equal(story(createRandom(seed)), story(createRandom(seed)));
  }
});
test('the story is the same on every machine, for ever', () => {
  // Frozen when it was written: recorded seeds must go on telling what they told.
  const random = createRandom(42);
  assert.equal(
    [...draw(3, random.uint32), random.uuid()],
    [2993059876, 2683266877, 3613609488, 'd1d2e348-657a-c307-e79a-1440fed3600b'],
  );
});
test('two generators do not disturb each other', () => {
  const alone = draw(10, createRandom(7).uint32);
  const [a, b] = [createRandom(7), createRandom(8)];
  assert.equal(
    draw(10, () => {
      b.uuid();
      return a.uint32();
    }),
    alone,
  );
});
test('seeds that differ little tell different stories', () => {
  const firsts = Array.from({ length: 1000 }, (_, seed) => createRandom(seed).uint32());
  assert.is(new Set(firsts).size, 1000);
  assert.is.not(createRandom(1).uint32(), createRandom(1 + 2 ** 32).uint32());
});
test('every bit is set about half the time', () => {
  for (const seed of SEEDS) {
    const random = createRandom(seed);
    const counts = new Array<number>(32).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const value = random.uint32();
      for (let bit = 0; bit < 32; bit++) counts[bit] = (counts[bit] as number) + ((value >>> bit) & 1);
    }
    // Five standard deviations around 5,000.
    for (const count of counts) assert.ok(Math.abs(count - 5000) < 250, `${count} of 10000 with seed ${seed}`);
  }
});
test('every byte value is equally likely', () => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of createRandom(3).bytes(256_000)) counts[byte] = (counts[byte] as number) + 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 255 degrees of freedom: mean 255, standard deviation 22.6.
  assert.ok(chiSquare > 150 && chiSquare < 370, `chi-square ${chiSquare}`);
});
test('fractions lie between 0 and 1 and fill the tenths evenly', () => {
  const random = createRandom(5);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const fraction = random.fraction();
    assert.ok(fraction >= 0 && fraction < 1);
    const tenth = Math.floor(fraction * 10);
    counts[tenth] = (counts[tenth] as number) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 250, `${count} of 20000 in a tenth`);
});
test('ids have the shape of a UUID and never meet', () => {
  const random = createRandom(9);
  const ids = draw(20_000, random.uuid);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.is(new Set(ids).size, ids.length);
});
test('every digit of an id takes every value', () => {
  const random = createRandom(10);
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 2000; i++) [...random.uuid()].forEach((digit, place) => void seen[place]?.add(digit));
  const kinds = seen.map((digits) => digits.size);
  assert.equal(
    kinds,
    [...'########-####-####-####-############'].map((place) => (place === '#' ? 16 : 1)),
  );
});
test('as many bytes as were asked for', () => {
  const random = createRandom(1);
  for (const count of [0, 1, 16, 1000]) assert.is(random.bytes(count).length, count);
});
test.run();
