/** The same port, each of whose verbs is done by way of `around`. */
export const eachVerb = <Port extends object>(
  port: Port,
  around: (verb: string, work: () => Promise<unknown>) => Promise<unknown>,
): Port =>
  new Proxy(port, {
    get: (there, verb) => {
      const value = Reflect.get(there, verb) as unknown;
      return typeof value === 'function'
        ? (...all: unknown[]) => around(String(verb), () => value.apply(there, all) as Promise<unknown>)
        : value;
    },
  });
