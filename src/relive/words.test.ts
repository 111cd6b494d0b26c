import { expect, it } from 'vitest';
import { effectsInWords } from './words.ts';

it('names addresses and counts routes and rules', () => {
  const address = { address: '10.0.0.1', prefixLength: 24, interface: 'e' };
  const addVips = (params: object) => effectsInWords([{ type: 'addVips', params: { ...params } }]);
  expect(addVips({ addresses: [address] })).toBe('addVips 10.0.0.1');
  expect(addVips({ addresses: [address], routes: [{}], rules: [{}, {}] })).toBe(
    'addVips 10.0.0.1 + 1 route + 2 rules',
  );
  expect(addVips({ addresses: [], routes: [{}] })).toBe('addVips 1 route');
});
