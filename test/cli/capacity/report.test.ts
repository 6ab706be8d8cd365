import { analyse, resultOf } from '../../../cli/capacity/analysis';
import { demandOf, loadOf } from '../../../cli/capacity/demand';
import { concurrencyLoad, runningOf } from '../../../cli/capacity/load';
import { type Options, parseOptions } from '../../../cli/capacity/options';
import { safe } from '../../../cli/capacity/page/html';
import { page } from '../../../cli/capacity/page/page';
import { STYLE } from '../../../cli/capacity/page/style';
import { reportJson, reportOf } from '../../../cli/capacity/report';
import { reactiveOf, resultText } from '../../../cli/capacity/result-text';
import { terminalReport } from '../../../cli/capacity/terminal';
import { modelledPoints, tune } from '../../../cli/capacity/tuning';
import { rhythm } from './series';

const options = parseOptions([
  'load.csv',
  ...[
    '--duration-ms',
    '200',
    '--requests-per-day',
    '4000000',
    '--init-ms',
    '500',
    '--time-zone',
    'Europe/Berlin',
    '--min',
    '3',
    '--max',
    '30',
  ],
])!;
const days: [number, number][] = [];
const analysis = analyse(rhythm(6), options, (done, of) => days.push([done, of]));
const tuning = tune(modelledPoints({ cpuMs: 60, waitMs: 50 }), 512, 'modelled');
const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const policies = (id: string) => analysis.policies.find((policy) => policy.id === id)!;
const reportWith = (name: string, over: Partial<Options> = {}) =>
  reportOf(name, { ...options, ...over }, analysis, { otherColumns: 0 }, tuning);
const report = reportWith('load.csv');

describe('the replay', () => {
  const by = Object.fromEntries(analysis.policies.map((policy) => [policy.id, policy]));

  test('reports progress up to the end', () => {
    expect(days.at(-1)![0]).toBe(days.at(-1)![1]);
  });

  test('compares every policy with an oracle that no policy costs less than', () => {
    expect(analysis.policies.map(({ id }) => id)).toEqual([
      'fixed',
      ...[0.5, 0.6, 0.7, 0.8, 0.9].map((target) => `tracking-${target}`),
      ...['rolling', 'seasonal', 'floor', 'applied', 'oracle'],
    ]);
    expect(by['oracle']!.score).toMatchObject({ cold: 0, provisioningRatio: 1, costRatio: 1 });
    for (const { score } of analysis.policies) expect(score.costRatio).toBeGreaterThanOrEqual(1);
  });

  test('judges our policy as the gate does', () => {
    expect(by['applied']!.score).toEqual(analysis.result.ours);
    for (const { target, score } of analysis.result.targetTracking)
      expect(by[`tracking-${target}`]!.score).toEqual(score);
  });

  test('counts one cold start an instance-minute, its other requests as on demand, and simulates waiting', () => {
    const { coldRequests, onDemandRequests, waitingSeconds, score } = by['seasonal']!;
    // 300 requests keep a unit busy for a minute, half of the most at once is busy on average, and one request waits for each that starts.
    const { busyShare } = runningOf(
      { requestsPerDay: 4_000_000, requestsPerUnit: 300 },
      meanOf(analysis.traces.demand),
      '',
    );
    expect(onDemandRequests).toBeCloseTo(score.coldUnits * 300 * busyShare, 3);
    expect(coldRequests).toBeCloseTo(score.coldUnits, 6);
    expect(waitingSeconds).toBeCloseTo(coldRequests * 0.5, 6);
  });

  test('counts at most as many cold starts as there are requests', () => {
    const demand = Float64Array.of(10, 10);
    const provision = Float64Array.of(4, 12);
    const cold = (requestsPerUnit?: number) =>
      resultOf(
        demand,
        provision,
        concurrencyLoad(requestsPerUnit === undefined ? undefined : { requestsPerUnit, busyShare: 1 }),
        { memoryMb: 512 },
        40,
        { from: 0, to: 2 },
      );
    // Requests of four minutes each: a quarter of one begins in a unit-minute.
    expect(cold(0.25)).toMatchObject({ coldRequests: 1.5, onDemandRequests: 1.5 });
    expect(cold(100)).toMatchObject({ coldRequests: 6, onDemandRequests: 600 });
    expect(cold()).toMatchObject({ coldRequests: 6 });
    expect(cold()).not.toHaveProperty('onDemandRequests');
  });

  test('splits into days that add up', () => {
    const usd = analysis.byDay.reduce((sum, day) => sum + day.ours.usd, 0);
    expect(usd).toBeCloseTo(by['applied']!.dollars.total, 9);
  });

  test('keeps every policy but the oracle within the bounds', () => {
    for (const { id, peak } of analysis.policies) if (id !== 'oracle') expect(peak).toBeLessThanOrEqual(30);
    expect(by['oracle']!.peak).toBeGreaterThan(30);
    for (const { floorLeast, floorMost } of analysis.byDay) {
      expect(floorLeast).toBeGreaterThanOrEqual(3);
      expect(floorMost).toBeLessThanOrEqual(30);
    }
  });

  test('does not depend on when or how often it is run', () => {
    const again = analyse(rhythm(6), options);
    expect(reportJson(reportOf('load.csv', options, again, { otherColumns: 0 }, tuning))).toBe(reportJson(report));
  });

  test('leaves requests and average concurrency out of the bill if they aren’t given', () => {
    const { requestsPerUnit: _, requestsPerDay: __, ...without } = options;
    const peaks = reportOf('load.csv', without, analyse(rhythm(6), without), { otherColumns: 0 });
    expect(peaks.analysis.nothingWarm.dollars).toBeUndefined();
    for (const { dollars, onDemandRequests } of peaks.analysis.policies) {
      expect(dollars.total).toBe(dollars.provisioned);
      expect(onDemandRequests).toBeUndefined();
    }
    expect(peaks.text.why).toContain('The bill for warm capacity, without executions, would be');
    expect(terminalReport(peaks, [])).not.toMatch(/^nothing kept warm.*\$/m);
    expect(page(peaks).replace(/<style>.*?<\/style>/s, '')).not.toMatch(/NaN|Infinity|undefined/);
    expect(JSON.parse(reportJson(peaks)).nothingWarm).not.toHaveProperty('dollars');
    expect(terminalReport(report, [])).toMatch(/^nothing kept warm +[\d,.]+ .*\$/m);
  });
});

describe('input', () => {
  const load = loadOf(options);

  test('of less than four days is refused, and the error says how many are needed', () => {
    expect(() => demandOf(rhythm(3), options, load)).toThrow(
      'load.csv spans 3.0 days: the forecast needs at least 4 days to learn and to be judged. Better are 35 days',
    );
  });

  test('that ends in days without demand is refused, because nothing could be compared', () => {
    const ended = rhythm(6).map(({ at, value }, i) => ({ at, value: i < 2 * 1440 ? value : 0 }));
    const { requestsPerDay: _, requestsPerUnit: __, ...peaks } = options;
    expect(() => analyse(ended, peaks)).toThrow('load.csv has no demand in its last 3 days');
  });

  test('with a day without demand is reported without NaN or infinity', () => {
    const pause = rhythm(6).map(({ at, value }, i) => ({ at, value: i >= 4 * 1440 - 180 && i < 5 * 1440 ? 0 : value }));
    const paused = reportOf('pause.csv', options, analyse(pause, options), { otherColumns: 0 });
    expect(paused.analysis.byDay.some(({ peak }) => peak === 0)).toBe(true);
    expect(page(paused).replace(/<style>.*?<\/style>/s, '')).not.toMatch(/NaN|Infinity|undefined/);
    expect(terminalReport(paused, [])).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('of zeros only is refused', () => {
    const zeros = rhythm(5).map(({ at }) => ({ at, value: 0 }));
    expect(() => demandOf(zeros, options, load)).toThrow('load.csv has no value above 0');
  });

  test('in steps of half a minute: a level is the highest of its minute', () => {
    const whole = rhythm(5);
    const halves = whole.flatMap(({ at, value }) => [
      { at, value: value / 2 },
      { at: at + 30_000, value },
    ]);
    const { minutes, step } = demandOf(halves, options, load);
    expect(step).toBe(1);
    expect(minutes).toEqual(demandOf(whole, options, load).minutes);
  });

  test('in steps of five minutes: a level keeps its height, requests are shared out', () => {
    const coarse = rhythm(5).filter((_, i) => i % 5 === 0);
    const level = meanOf(Float64Array.from(coarse, ({ value }) => value));
    const { minutes, step } = demandOf(coarse, options, load);
    expect(step).toBe(5);
    expect(meanOf(minutes.values) / level).toBeCloseTo(1, 1);
    const asRequests = { file: 'load.csv', unit: 'requests', requestsPerUnit: 1, burst: 0 } as const;
    expect((meanOf(demandOf(coarse, asRequests, loadOf(asRequests)).minutes.values) / level) * 5).toBeCloseTo(1, 1);
  });
});

describe('the result in words', () => {
  const week = { ...analysis.judged, days: 7 };
  const judged = (act: boolean, over: Partial<typeof analysis> = {}) =>
    resultText(
      {
        ...analysis,
        judged: week,
        days: 21,
        result: { ...analysis.result, act },
        weekly: { ...analysis.weekly, now: { ...analysis.weekly.now, act } },
        ...over,
      },
      options,
      [],
    );

  test('says what to do, and what the deployed library would decide', () => {
    expect(judged(true)).toMatchObject({
      headline: expect.stringMatching(/^Switch predictive scaling on/),
      meaning: expect.stringContaining('According to the last backtest, the forecast sets the floor'),
    });
    expect(judged(false)).toMatchObject({
      headline: 'Leave predictive scaling off',
      meaning: expect.stringContaining("According to the last backtest, the forecast doesn't set the floor"),
    });
  });

  test('of a few days is only probable, and a deployed floor controller waits for fourteen', () => {
    const few = { judged: { ...week, days: 3 }, days: 6 };
    expect(judged(true, few).headline).toContain('Predictive scaling probably pays (few days)');
    expect(judged(false, few).headline).toBe("Predictive scaling probably doesn't pay (few days)");
    expect(judged(true, few).meaning).toContain('once there are 14 days of history');
    expect(judged(true).meaning).not.toContain('once there are');
  });

  test('of a week that lacks a few minutes is of a week', () => {
    expect(judged(false, { judged: { ...week, days: 6.99 } }).headline).toBe('Leave predictive scaling off');
    expect(judged(false, { judged: { ...week, days: 6.9 } }).headline).toContain('(few days)');
  });

  test('compares with the best target up to 0.9, cold starts included', () => {
    const theirs = reactiveOf(analysis);
    const tracked = analysis.policies.filter(({ id }) => id.startsWith('tracking-'));
    expect(tracked.map(({ id }) => id)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9].map((target) => `tracking-${target}`));
    expect(theirs.score.costRatio).toBe(Math.min(...tracked.map(({ score }) => score.costRatio)));
    expect(judged(true).why).toContain(`with ${theirs.name}, the best reactive setting.`);
    expect(judged(true).why).toMatch(/at most [\d,.]+ cold starts a day instead of [\d,.]+\./);
    expect(judged(true).why).toMatch(
      /With nothing kept warm, the bill would be \$[\d,.]+ in 30 days, and there would be about [\d,.]+ cold starts a day/,
    );
  });

  test('says how much the forecast saves, and with which certainty', () => {
    const told = (saved: number, days = 7) =>
      judged(true, { certainty: { saved, low: saved - 0.01, high: saved + 0.01, daysWon: 5, days } }).certainty;
    expect(told(0.05)).toContain(
      `cost ratio is 5.00 % lower than that of ${reactiveOf(analysis).name}. Certainty: 95 % of savings on resampled days`,
    );
    expect(told(0.05)).toContain('lie from 4.00 % to 6.00 %; it is cheaper on 5 of 7 days, and');
    expect(told(-0.05)).toContain('5.00 % higher');
    expect(told(0)).toContain('cost ratio is the same as');
    expect(told(0.05, 1)).toContain('one day is too little to tell');
  });

  test('says so if on-demand scaling costs less', () => {
    const onDemand = (usd: number) => ({
      nothingWarm: { coldRequests: 1, dollars: { ...analysis.nothingWarm.dollars!, total: usd } },
    });
    const { total } = analysis.policies.find(({ id }) => id === 'applied')!.dollars;
    expect(judged(true, onDemand(0.99 * total)).headline).toBe('Switch predictive scaling on, if cold starts matter');
    expect(judged(true, onDemand(1.01 * total)).headline).toBe('Switch predictive scaling on');
    expect(judged(false, onDemand(0.99 * total)).headline).toBe('Leave predictive scaling off');
    expect(judged(true, { nothingWarm: { coldRequests: 1 } }).headline).toBe('Switch predictive scaling on');
  });

  test('says in its headline that the limit is missed', () => {
    const { cold } = analysis.result.ours;
    const told = (limit: number) =>
      resultText(
        { ...analysis, nothingWarm: { coldRequests: 1 }, judged: week, result: { ...analysis.result, act: true } },
        { ...options, goal: { kind: 'limit', cold: limit } },
        [],
      ).headline;
    expect(told(cold * 0.9)).toBe('Switch predictive scaling on, though it misses the limit');
    expect(told(cold)).toBe('Switch predictive scaling on');
  });

  test('states the bill in dollars, of thirty days', () => {
    const policies = analysis.policies.map((policy) =>
      policy.id === 'applied' ? { ...policy, dollars: { ...policy.dollars, total: 7 } } : policy,
    );
    // Of seven judged days, in thirty.
    expect(judged(true, { policies }).why).toContain('The bill would be $30.00 in 30 days instead of $');
  });

  test('names a cheaper policy without a forecast', () => {
    const cheap = analysis.policies.map((policy) =>
      policy.id === 'rolling' ? { ...policy, score: { ...policy.score, costRatio: 1.0001 } } : policy,
    );
    expect(judged(true, { policies: cheap }).better).toMatch(
      /^Without a forecast, rolling maximum x 1\.2 has a cost ratio that is \d+\.\d+ % lower than the forecast's/,
    );
    const dear = analysis.policies.map((policy) =>
      ['applied', 'floor', 'oracle'].includes(policy.id)
        ? policy
        : { ...policy, score: { ...policy.score, costRatio: 99 } },
    );
    expect(judged(true, { policies: dear }).better).toBeUndefined();
    // What takes as much isn't better.
    const { costRatio } = policies('applied').score;
    const same = analysis.policies.map((policy) =>
      policy.id === 'fixed'
        ? { ...policy, score: { ...policy.score, costRatio } }
        : { ...policy, score: { ...policy.score, costRatio: 99 } },
    );
    expect(
      judged(true, { policies: same.map((one) => (one.id === 'applied' ? policies('applied') : one)) }).better,
    ).toBeUndefined();
  });

  test('says where a week says otherwise than all days', () => {
    const failed = ['must win on 70 % of the days, and wins on 2 of 9 days'];
    const apart = judged(true, { result: { ...analysis.result, act: false, failed } }).meaning;
    expect(apart).toContain(
      'The backtest over all 7 days has the opposite result (the forecast must win on 70 % of the days',
    );
    expect(judged(true).meaning).not.toContain('opposite');
  });

  test('says which condition failed, and only that', () => {
    const failed = ['must win on 70 % of the days, and wins on 2 of 9 days'];
    const result = { ...analysis.result, act: false, reasons: ['costs 0.9 of target tracking', ...failed], failed };
    const refused = { ...analysis, result, weekly: { ...analysis.weekly, now: result } };
    expect(resultText(refused, options, []).meaning).toContain(
      "the forecast doesn't set the floor (the forecast must win on 70 % of the days, and wins on 2 of 9 days)",
    );
    expect(page({ ...report, analysis: refused }).match(/<li class="failed">/g)).toHaveLength(1);
  });

  test('says whether a stated limit holds', () => {
    const { cold } = analysis.result.ours;
    const with_ = (limit: number) => resultText(analysis, { ...options, goal: { kind: 'limit', cold: limit } }, []).why;
    expect(with_(cold + 0.001)).toContain('cold holds.');
    expect(with_(cold / 2)).toContain(cold > 0 ? 'cold is missed.' : 'cold holds.');
  });
});

test('what was left out or mended is remarked on, and only that', () => {
  const bad = rhythm(6).map(({ at, value }, i) => ({ at, value: i % 1000 === 3 ? -1 : value }));
  const lines = terminalReport(reportOf('x.csv', options, analyse(bad, options), { otherColumns: 0 }), []).split('\n');
  expect(lines).toContain('note: Dropped or corrected, of 8,640 points: 9 negative.');
  expect(terminalReport(report, [])).not.toContain('Left out');
});

test('minutes without a point are reported, with their meaning', () => {
  const holey = rhythm(6).filter((_, i) => i % 1440 > 300);
  const told = (gaps: 'idle' | 'unknown') =>
    reportOf('x.csv', { ...options, gaps }, analyse(holey, { ...options, gaps, requestsPerDay: 3e6 }), {
      otherColumns: 0,
    }).remarks.join();
  expect(told('idle')).toContain('% of the minutes have no point and count as idle');
  expect(told('unknown')).toContain('% of the minutes are missing. They were filled from the minutes before');
});

test('lines of the terminal end between words, well before its edge', () => {
  const text = terminalReport(report, []);
  const prose = text.split('\n').filter((line) => !/ {2}/.test(line));
  for (const line of prose) expect(line.length).toBeLessThanOrEqual(110);
  expect(text.replace(/\s+/g, ' ')).toContain(report.text.why);
});

describe('the page', () => {
  const html = page(report);

  test('leads with the result', () => {
    const [result, first] = [html.indexOf(safe(report.text.headline), html.indexOf('<main>')), html.indexOf('<svg')];
    expect(result).toBeGreaterThan(0);
    expect(result).toBeLessThan(first);
  });

  test('needs nothing from elsewhere', () => {
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\((?!#)|@import/);
  });

  test('has no number that is none', () => {
    expect(html.replace(/<style>.*?<\/style>/s, '')).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test('closes what it opens', () => {
    const open: string[] = [];
    for (const [, closing, name, rest] of html.matchAll(/<(\/?)([a-z][a-z0-9]*|!doctype)([^>]*)>/gi)) {
      if (['meta', '!doctype'].includes(name!) || rest!.endsWith('/')) continue;
      if (closing === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  test('scrolls by keyboard: every element with its own scroll bar takes the focus', () => {
    const scrolling = html.match(/<(figure|div class="scroll")[^>]*>/g) ?? [];
    expect(scrolling.length).toBeGreaterThan(5);
    expect(scrolling.filter((tag) => !tag.includes('tabindex="0"'))).toEqual([]);
  });

  test.each(['light', 'dark'])(
    'has colours that differ from their card by at least 4.5 to 1 when it is %s',
    (scheme) => {
      const [light = '', dark = ''] = STYLE.split('@media (prefers-color-scheme: dark)');
      const rules = scheme === 'light' ? light : (dark.split('} }')[0] ?? '');
      const colours = new Map(
        [...rules.matchAll(/--([a-z-]+): (#[0-9a-f]+);/g)].map(([, name, hex = '']) => [name, hex]),
      );
      const card = luminance(colours.get('card') ?? '');
      for (const name of ['ink', 'soft', 'sea', 'coral', 'grey', 'good', 'bad']) {
        const [darker = 0, lighter = 0] = [card, luminance(colours.get(name) ?? '')].sort((a, b) => a - b);
        expect({ name, enough: (lighter + 0.05) / (darker + 0.05) >= 4.5 }).toEqual({ name, enough: true });
      }
    },
  );

  test('labels what is measured, modelled and simulated', () => {
    for (const basis of ['measured', 'modelled', 'simulated'])
      expect(html).toContain(`<span class="tag">${basis}</span>`);
  });

  test('has a file name from elsewhere as text only', () => {
    expect(page(reportWith('<img src=x>.csv'))).not.toContain('<img');
  });
});

describe('the other faces', () => {
  test('JSON holds the same figures, without the minutes', () => {
    const data = JSON.parse(reportJson(report));
    expect(data.result).toMatchObject({ act: analysis.result.act, headline: report.text.headline });
    expect(data.policies).toHaveLength(11);
    expect(data.policies[0]).toMatchObject({ basis: 'simulated', usdIn30Days: expect.any(Number) });
    expect(data.prices[0]).toMatchObject({ noted: '2026-11' });
    expect(reportJson(report).length).toBeLessThan(60_000);
  });

  test('the terminal shows the result, a row for each policy and the files', () => {
    const lines = terminalReport(report, ['out/report.html']).split('\n');
    expect(lines[0]).toContain(report.text.headline);
    for (const { name } of analysis.policies) expect(lines.some((line) => line.startsWith(name))).toBe(true);
    expect(lines.at(-1)).toBe('out/report.html');
  });

  test('methods go both ways, each with its limit as a number', () => {
    expect(report.methods.map(({ direction }) => direction)).toEqual(['vertical', ...Array(4).fill('horizontal')]);
    expect(report.methods[0]!.limit).toContain('10,240 MB');
    expect(report.methods[1]!.limit).toContain('1,000 more every 10 s');
    expect(report.methods[4]!.limit).toContain("900 of the account's 1,000");
  });

  test('a duration that contradicts the model is remarked on', () => {
    expect(report.remarks).toContainEqual(expect.stringContaining('correct one of them'));
    expect(reportWith('x.csv', { requestsPerUnit: 60_000 / tuning.present.durationMs }).remarks).not.toContainEqual(
      expect.stringContaining('correct one of them'),
    );
  });
});

describe('a doubt about the input stands beside the result', () => {
  const doubts = (points: ReturnType<typeof rhythm>, otherColumns = 0) => {
    const made = reportOf('x.csv', options, analyse(points, options), { otherColumns });
    expect(terminalReport(made, []).split('\n')[0]).toBe(`${made.text.headline}.`);
    return made.text.headline;
  };

  test.each([
    ['hourly values', () => doubts(rhythm(6).filter((_, i) => i % 60 === 0)), 'hourly values'],
    ['a third column', () => doubts(rhythm(6), 1), '1 column not read'],
    ['missing minutes', () => doubts(rhythm(6).filter((_, i) => i % 1440 > 300)), '% of the minutes missing'],
    ['few days', () => doubts(rhythm(6)), 'only 3.0 days judged'],
  ])('of %s', (_, headline, doubt) => {
    expect(headline()).toMatch(/ \(in doubt: .*\)$/);
    expect(headline()).toContain(doubt);
  });
});

/** Relative luminance by WCAG 2.2, from `#rgb` or `#rrggbb`. */
function luminance(hex: string): number {
  const digits = hex.slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3');
  const linear = [0, 2, 4].map((at) => {
    const value = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = linear;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
