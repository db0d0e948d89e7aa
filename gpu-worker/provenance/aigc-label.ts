/**
 * The implicit label that China's measures for labelling generated content ask for, as JSON: this *is* generated, by
 * whom, and under which id. Who spreads it first is who made it.
 * @see GB 45438-2025, 5.2, and its practice guide TC260-PG-20259A
 */
export function aigcLabel({ id, producer = "" }: { readonly id: string; readonly producer?: string }): string {
  return JSON.stringify({
    Label: "1",
    ContentProducer: producer,
    ProduceID: id,
    ReservedCode1: "",
    ContentPropagator: producer,
    PropagateID: id,
    ReservedCode2: "",
  });
}
