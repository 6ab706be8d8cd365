import { App, Stack } from 'aws-cdk-lib';
import { DeploymentProfile, SharedProfile } from '../../lib/profile';

const { PRODUCTION, SANDBOX } = DeploymentProfile;
const stack = new Stack(new App(), 'S');

test.each<[(DeploymentProfile | undefined)[], DeploymentProfile]>([
  [[], PRODUCTION],
  [[undefined], PRODUCTION],
  [[undefined, SANDBOX], SANDBOX],
  [[SANDBOX, undefined], SANDBOX],
  [[SANDBOX, PRODUCTION], PRODUCTION],
  [[PRODUCTION, SANDBOX], PRODUCTION],
  [[undefined, SANDBOX, PRODUCTION, SANDBOX], PRODUCTION],
])('asked for with %p, the most careful one holds', (asked, inForce) => {
  const atFirst = new SharedProfile(asked[0]);
  const later = new SharedProfile();
  for (const profile of asked.slice(1)) atFirst.serve(stack, profile);
  for (const profile of asked) later.serve(stack, profile);
  expect([atFirst.inForce, later.inForce]).toEqual([inForce, inForce]);
});

test('followers get the current profile and each change; followers of stated profiles get only stated ones', () => {
  const shared = new SharedProfile();
  const heard: string[] = [];
  const stated: string[] = [];
  shared.follow(({ profileName }) => heard.push(profileName));
  shared.followStated(({ profileName }) => stated.push(profileName));
  for (const profile of [undefined, SANDBOX, SANDBOX, PRODUCTION, SANDBOX]) shared.serve(stack, profile);
  shared.followStated(({ profileName }) => stated.push(`late: ${profileName}`));
  expect(heard).toEqual(['production', 'sandbox', 'production']);
  expect(stated).toEqual(['sandbox', 'production', 'late: production']);
});
