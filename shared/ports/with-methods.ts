/** The object with some of its methods replaced; the others, whatever they are, work on the object itself. */
export function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const method = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof method === "function" && !Object.hasOwn(methods, name) ? method.bind(target) : method;
    },
  });
}
