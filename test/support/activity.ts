import { EventEmitter, once } from "node:events";

/** Lets a test wait for what other code does with its stores, without polling. */
export class Activity {
  readonly #events = new EventEmitter().setMaxListeners(0);

  /** `target`, whose asynchronous calls count as activity once they have ended. */
  watch<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          const result: unknown = method.apply(target, args);
          if (result instanceof Promise) result.then(this.tell, this.tell);
          return result;
        };
      },
    });
  }

  readonly tell = (): void => {
    this.#events.emit("activity");
  };

  /** Resolves with what `look` finds; called now and after every activity. It must check silent state too. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (;;) {
      const next = once(this.#events, "activity");
      const found = await look();
      if (found !== undefined) return found;
      await next;
    }
  }
}
