import { freeze } from '../../../shop/replay/freeze';

/** The signals and sleeps of a run, in their order. */
function fake(stopAfter = Number.POSITIVE_INFINITY) {
  const done = new AbortController();
  const events: string[] = [];
  const dependencies = {
    random: () => 0.5,
    signalTo: (name: string) => void events.push(name),
    sleep: async (ms: number) => {
      events.push(String(ms));
      if (events.length >= stopAfter) done.abort();
    },
  };
  return { done, events, dependencies };
}

test('the emulator is stopped and continued as often as asked for', async () => {
  const { done, events, dependencies } = fake();
  expect(await freeze(1, 2, done.signal, dependencies)).toEqual([2_500, 2_500]);
  const once = ['1750', 'SIGSTOP', '2500', 'SIGCONT'];
  expect(events).toEqual([...once, ...once]);
});

test('the end of the replay ends it, and never leaves the emulator stopped', async () => {
  const early = fake(1);
  expect(await freeze(1, 2, early.done.signal, early.dependencies)).toEqual([]);
  expect(early.events).toEqual(['1750']);
  const { done, events, dependencies } = fake();
  const sleep = async (ms: number) => {
    if (events.includes('SIGSTOP')) throw new Error('the run ends');
    await dependencies.sleep(ms);
  };
  await expect(freeze(1, 2, done.signal, { ...dependencies, sleep })).rejects.toThrow('the run ends');
  expect(events.at(-1)).toBe('SIGCONT');
});
