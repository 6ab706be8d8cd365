import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  Access,
  ColdStartGoal,
  EdgeDistribution,
  HandlerBundle,
  MicroModule,
  ParameterForm,
  PredictiveScaling,
  Route,
  Scaling,
} from '../../lib';

// Commuters look up trains from half past five, and ask for seats a few minutes later. Instances of
// Seats are warm before that. npx cdk synth -a 'node --import tsx examples/morning-surge/app.ts'
export const stack = new Stack(new App(), 'MorningSurge', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));

const timetable = new MicroModule(stack, 'Timetable', {
  handler: code.handler('timetable'),
  routes: [Route.get('/trains', { access: Access.ANYONE, query: { from: ParameterForm.text(40) } })],
});
const seats = new MicroModule(stack, 'Seats', {
  handler: code.handler('seats'),
  routes: [Route.get('/seats/{train}', { access: Access.ANYONE })],
  scaling: Scaling.provisioned({ min: 2, max: 200 }), // the floor moves between these
});

const ahead = new PredictiveScaling(stack, 'SeatsAhead', {
  target: seats,
  goal: ColdStartGoal.atMost(0.01), // or pricedAt(40): a cold start costs 40 idle instance-minutes
  timeZone: 'Europe/Berlin',
  holidays: ['2026-12-25', '2026-12-26', '2027-01-01'],
  events: [{ start: '2026-12-11T09:00:00+01:00', end: '2026-12-11T11:00:00+01:00', factor: 4 }], // seats go on sale
  indicators: [timetable], // people search for a train before they book a seat
});
ahead.metricDegraded().createAlarm(stack, 'ForecastDegraded', {
  threshold: 1,
  evaluationPeriods: 60,
  treatMissingData: TreatMissingData.BREACHING, // a stopped floor controller writes no metrics
});

const edge = new EdgeDistribution(stack, 'Edge');
edge.addModule(timetable);
edge.addModule(seats);
