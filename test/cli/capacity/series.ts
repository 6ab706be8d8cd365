import type { Point } from '../../../forecast/minutes';

/** Days of minutes with a daily rhythm and some noise, always the same. */
export function rhythm(days: number, level = 20): Point[] {
  let state = 42;
  const noise = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
  return Array.from({ length: days * 1440 }, (_, i) => ({
    at: Date.UTC(2026, 5, 1) + i * 60_000,
    value: Math.max(0, Math.round(level * (1 + 0.8 * Math.sin((i / 1440) * 2 * Math.PI)) + 4 * noise())),
  }));
}

export function csvOf(points: readonly Point[]): string {
  return ['timestamp,value', ...points.map(({ at, value }) => `${new Date(at).toISOString()},${value}`)].join('\n');
}
