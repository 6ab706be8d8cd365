import {
  type AlarmDefinition,
  type AlarmState,
  evaluateAlarm,
  type MetricId,
  PointStore,
  readAlarm,
} from '../../../local/alarms';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;
const METRIC = { namespace: 'N', metricName: 'M', dimensions: { D: 'd' } };

const PROPERTIES = {
  Namespace: 'N',
  MetricName: 'M',
  Dimensions: [{ Name: 'D', Value: 'd' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 10,
  ComparisonOperator: 'GreaterThanThreshold',
};

/** One value in the middle of each of the last minutes; `-` is none, `X` breaches, `0` doesn't. */
function pointsFor(pattern: string): PointStore {
  const store = new PointStore();
  for (const [i, mark] of pattern.split(' ').reverse().entries()) {
    const value = mark === 'X' ? 11 : 0;
    if (mark !== '-') store.add([{ ...METRIC, timestamp: NOW - (i + 0.5) * MINUTE, value }]);
  }
  return store;
}

const alarm = (more: object = {}): AlarmDefinition => readAlarm('A', { ...PROPERTIES, ...more });

describe('missing data', () => {
  // The tables of the CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". `before` is the state so far.
  test.each([
    ['0 - X - X', 3, 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 3, 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 3, 'INSUFFICIENT_DATA', 'before', 'ALARM', 'OK'],
    ['0 X X - X', 3, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 3, 'ALARM', 'before', 'ALARM', 'OK'],
    ['0 - X - X', 2, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 2, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 2, 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 2, 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - X', 2, 'ALARM', 'before', 'ALARM', 'OK'],
  ])('%s, %i of 3', (pattern, datapoints, ...states) => {
    const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'];
    for (const before of ['OK', 'ALARM'] as AlarmState[]) {
      const found = treatments.map((TreatMissingData) => {
        const one = alarm({ TreatMissingData, DatapointsToAlarm: datapoints });
        return evaluateAlarm(one, pointsFor(pattern), NOW, before).state;
      });
      expect(found).toEqual(states.map((state) => (state === 'before' ? before : state)));
    }
  });
});

describe('an alarm', () => {
  test('reads its own metric only: name, namespace and every dimension', () => {
    const others: MetricId[] = [
      { ...METRIC, dimensions: { D: 'other' } },
      { ...METRIC, dimensions: { D: 'd', E: 'e' } },
      { ...METRIC, dimensions: {} },
      { ...METRIC, namespace: 'Other' },
      { ...METRIC, metricName: 'Other' },
    ];
    for (const other of others) {
      const store = new PointStore();
      store.add([1, 2, 3].map((minute) => ({ ...other, timestamp: NOW - minute * MINUTE, value: 99 })));
      expect(evaluateAlarm(alarm(), store, NOW).state).toBe('INSUFFICIENT_DATA');
    }
  });

  test('ends when the breaching points are older than its periods, given a later time', () => {
    const points = pointsFor('X X X');
    const one = alarm({ TreatMissingData: 'notBreaching' });
    expect(evaluateAlarm(one, points, NOW).state).toBe('ALARM');
    expect(evaluateAlarm(one, points, NOW + 10 * MINUTE).state).toBe('OK');
  });

  test.each([
    ['Sum', 60],
    ['Average', 20],
    ['Minimum', 10],
    ['Maximum', 30],
    ['SampleCount', 3],
    ['p50', 20],
    ['p99', 30],
  ])('of the statistic %s', (statistic, value) => {
    const store = new PointStore();
    store.add([30, 10, 20].map((one, i) => ({ ...METRIC, timestamp: NOW - MINUTE + i, value: one })));
    const exactly = { Statistic: undefined, ExtendedStatistic: statistic, EvaluationPeriods: 1, Threshold: value };
    const at = (ComparisonOperator: string) =>
      evaluateAlarm(readAlarm('A', { ...PROPERTIES, ...exactly, ComparisonOperator } as never), store, NOW).state;
    expect(at('GreaterThanOrEqualToThreshold')).toBe('ALARM');
    expect(at('LessThanOrEqualToThreshold')).toBe('ALARM');
    expect(at('GreaterThanThreshold')).toBe('OK');
    expect(at('LessThanThreshold')).toBe('OK');
  });

  test('says which values it looked at', () => {
    const { reason } = evaluateAlarm(alarm({ TreatMissingData: 'notBreaching' }), pointsFor('X X'), NOW);
    expect(reason).toBe(
      '2 of 2 data points in 3 periods breach (11, 11; GreaterThanThreshold 10); 1 missing, taken as notBreaching',
    );
  });
});

describe('what is not known', () => {
  const stat = (period: number) => ({ Metric: { Namespace: 'N', MetricName: 'M' }, Period: period, Stat: 'Sum' });
  test.each([
    [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, /ComparisonOperator GreaterThanUpperThreshold/],
    [{ ThresholdMetricId: 'x' }, /ThresholdMetricId/],
    [{ Statistic: 'IQM' }, /statistic IQM/],
    [{ Dimensions: [{ Name: 'D', Value: { Ref: 'X' } }] }, /a dimension must be text, got {"Ref":"X"}/],
    [
      {
        Metrics: [
          { Id: 'a', MetricStat: stat(60) },
          { Id: 'b', MetricStat: stat(300) },
        ],
      },
      /different periods \(60, 300 s\)/,
    ],
    [
      {
        Metrics: [
          { Id: 'a', MetricStat: stat(60) },
          { Id: 'b', MetricStat: stat(60) },
        ],
      },
      /one query, got 2/,
    ],
  ])('%j is refused by name', (more, message) => {
    expect(() => alarm(more)).toThrow(message);
  });

  test('an id that no query has is refused when the alarm is evaluated', () => {
    const one = alarm({
      Metrics: [
        { Id: 'e', Expression: 'a + gone' },
        { Id: 'a', MetricStat: stat(60), ReturnData: false },
      ],
    });
    expect(() => evaluateAlarm(one, new PointStore(), NOW)).toThrow(/id 'gone'/);
  });
});
