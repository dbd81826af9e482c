/** The same while it is being made: its fields are set one by one, and whoever gets it cannot. */
export type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };
