import { type CloudApi, CloudApiError } from '../../testing';
import { isMap, type PreparedStack, templatesIn } from '../assembly';

/** Parameters that AWS or `cdk bootstrap` creates in the Parameter Store. */
const GIVEN_BY_AWS: readonly { readonly name: RegExp; readonly value: string }[] = [
  // Higher than any version that a stack may require. The local account has no bootstrap stack, and
  // needs none.
  { name: /^\/cdk-bootstrap\/[^/]+\/version$/, value: '1000' },
  { name: /^\/aws\/service\/.*(ami|image)/, value: 'ami-12345678' },
];

/**
 * Stores the parameters that a stack's template reads and that exist in every account on AWS.
 * Existing values aren't overwritten.
 */
export async function putGivenValues(api: CloudApi, stack: PreparedStack): Promise<void> {
  const declared = templatesIn(stack).flatMap(({ template }) => Object.values(template.Parameters ?? {}));
  const names = declared.flatMap((parameter) =>
    isMap(parameter) && /^AWS::SSM::Parameter::Value/.test(String(parameter['Type']))
      ? String(parameter['Default'])
      : [],
  );
  for (const name of new Set(names)) {
    const given = GIVEN_BY_AWS.find((one) => one.name.test(name));
    if (given === undefined) continue;
    if (await isThere(api, name)) continue;
    await api.json('ssm', 'AmazonSSM.PutParameter', { Name: name, Value: given.value, Type: 'String' });
  }
}

async function isThere(api: CloudApi, name: string): Promise<boolean> {
  try {
    await api.json('ssm', 'AmazonSSM.GetParameter', { Name: name });
    return true;
  } catch (error) {
    if (error instanceof CloudApiError && /ParameterNotFound/.test(error.answer)) return false;
    throw error;
  }
}
