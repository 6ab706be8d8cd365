import { decide, HISTORY_DAYS } from '../../../forecast/decide';
import { random } from '../../../forecast/random';
import { readTarget } from '../../../lambdas/system/floor-controller/capacity-target';
import type { Memory } from '../../../lambdas/system/floor-controller/memory';
import { scalableTargetResource } from '../../../lambdas/system/floor-controller/resource';
import { tick } from '../../../lambdas/system/floor-controller/tick';
import { FakeCloud, MONDAY, RESOURCE_ID, TARGET } from './fake-cloud';

const DAY = 1_440;
const EIGHT = 8 * 60;

/**
 * Executions at once of a shop that opens at eight: quiet nights, a rush within minutes, a long day; each day has a level of its own, and
 * each minute some noise.
 */
function demandOfShop(): (minute: number) => number | undefined {
  const next = random(11);
  const noise = Array.from({ length: 60 * DAY }, () => next());
  return (minute) => {
    const day = Math.floor((minute - MONDAY) / DAY);
    const at = (((minute - MONDAY) % DAY) + DAY) % DAY;
    const level = 0.5 + noise[(day + 30) * 7]!;
    const open = at >= EIGHT && at < 22 * 60;
    const rush = Math.min(1, (at - EIGHT) / 6);
    const shape = open ? 24 * rush + 8 * Math.sin(((at - EIGHT) / (14 * 60)) * Math.PI) : 0;
    const value = Math.round((2 + shape * level) * (0.85 + 0.3 * noise[minute - MONDAY + 30 * DAY]!));
    // CloudWatch has nothing of a minute without work.
    return value > 0 && !(at > 180 && noise[at]! < 0.2) ? value : undefined;
  };
}

test('two weeks of mornings make the next one ready before it comes', async () => {
  const cloud = await FakeCloud.start();
  try {
    const demand = demandOfShop();
    cloud.measure('checkout', MONDAY - 15 * DAY, MONDAY + 2 * DAY, demand);
    cloud.minute = MONDAY + EIGHT - 12;
    await scalableTargetResource(cloud.dependencies()).create({ Target: JSON.stringify(TARGET) });
    const read = readTarget(TARGET);
    const memory: Memory = {};
    const ticks: { readonly at: number; readonly floor: number; readonly demand: number }[] = [];
    for (; cloud.minute <= MONDAY + EIGHT; cloud.minute += 1) {
      await tick(read, memory, {
        ...cloud.dependencies(),
        decide,
        historyDays: HISTORY_DAYS,
        run: `run ${cloud.minute}`,
      });
      const { mode, Demand } = cloud.lines.findLast(({ message }) => message === 'decided')! as {
        mode: string;
        Demand: number;
      };
      expect(mode).toBe('acting');
      ticks.push({ at: cloud.minute - MONDAY - EIGHT, floor: (await cloud.floor())!, demand: Demand });
    }
    expect(cloud.lines[0]).toMatchObject({ message: 'gate', act: true });
    expect(await cloud.utilisation()).toBe(0.9);

    // The shop is still closed, and the newest measurement says so.
    const last = ticks.at(-1)!;
    expect(Math.max(...ticks.map((one) => one.demand))).toBeLessThanOrEqual(4);
    expect(last.floor).toBeGreaterThanOrEqual(10);
    expect(cloud.provisioned).toBeGreaterThanOrEqual(last.floor);
    // A lead and a few minutes of noise earlier there was no reason for it.
    expect(ticks[0]!.floor).toBeLessThan(8);
    expect(await cloud.dependencies().store.state(RESOURCE_ID)).toMatchObject({ version: 1 });
  } finally {
    await cloud.stop();
  }
}, 60_000);
