/**
 * Returns an environment variable that synth sets.
 * @throws Error that names the variable
 */
export function requiredEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`environment variable ${name} must be set, got nothing; its construct sets it`);
  return value;
}
