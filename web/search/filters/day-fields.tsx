/** Owns the two fields that narrow a search to days. */
import { t } from "@lingui/core/macro";
import type { JSX } from "react";
import { Field } from "../../ui/field.tsx";
import type { Filters } from "./filters.ts";

interface DayFieldsProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function DayFields({ filters, onChange }: DayFieldsProps): JSX.Element {
  return (
    <>
      <Field
        label={t({ message: "Since", comment: "The first day of a search" })}
        type="date"
        value={filters.from}
        max={filters.until === "" ? undefined : filters.until}
        onChange={(event) => onChange({ ...filters, from: event.target.value })}
      />
      <Field
        label={t({ message: "Until", comment: "The last day of a search" })}
        type="date"
        value={filters.until}
        min={filters.from === "" ? undefined : filters.from}
        onChange={(event) => onChange({ ...filters, until: event.target.value })}
      />
    </>
  );
}
