import { HeldPort } from '../../local/cloud';
import { LocalError } from '../../local/local-error';

test('ports that are held at the same time differ, and a released port can be taken again', async () => {
  const held = await Promise.all(Array.from({ length: 20 }, () => HeldPort.hold('a test')));
  expect(new Set(held.map(({ port }) => port)).size).toBe(20);
  await Promise.all(held.map((each) => each.release()));
  const again = await HeldPort.hold('a test', held[0]!.port);
  expect(again.port).toBe(held[0]!.port);
  await again.release();
  await again.release();
});

test('fails if the port is in use, and says which and what to do', async () => {
  const held = await HeldPort.hold('a test');
  const second = HeldPort.hold('the storefront', held.port);
  await expect(second).rejects.toThrow(LocalError);
  await expect(second).rejects.toThrow(
    `the storefront: port ${held.port} is in use; end the program that uses it, or choose another port`,
  );
  await held.release();
});

test('fails if the number is no port', async () => {
  await expect(HeldPort.hold('the storefront', 70_000)).rejects.toThrow(/from 1 to 65535, got 70000/);
});
