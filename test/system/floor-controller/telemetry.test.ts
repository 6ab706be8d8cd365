import { messageOf } from '../../../lambdas/system/floor-controller/telemetry';

describe('messageOf', () => {
  test('names the code of an SDK error, which its message lacks', () => {
    const refusal = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata: {} });
    expect(messageOf(refusal)).toBe('ThrottlingException: Rate exceeded');
  });

  test.each([
    [new Error('why'), 'why'],
    ['why', 'why'],
  ])('is the text of %p', (error, text) => {
    expect(messageOf(error)).toBe(text);
  });
});
