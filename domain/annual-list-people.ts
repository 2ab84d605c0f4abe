/** whom of a unit a promoted indicator names, where nobody has chosen them. */
import type { PersonField } from './annual-list.ts';

export type Holder = { readonly person_id: string; readonly office: string | null };

/** Who holds a post, the first on the duty roster first. */
export type Holders = Readonly<Record<PersonField, readonly Holder[]>>;

export type Chosen = Readonly<Record<PersonField, string>> & { readonly responsible_office: string };

/**
 * Three different people, each as high on the roster as the others allow: the direct lead first, then the contact,
 * then the reporter. Null when there are none of whom at least one has an office.
 */
export function choosePeople({ direct_lead_id, contact_person_id, reporter_id }: Holders): Chosen | null {
  for (const lead of direct_lead_id)
    for (const contact of contact_person_id)
      for (const reporter of reporter_id) {
        const responsible_office = lead.office ?? reporter.office ?? contact.office;
        const three = [lead, contact, reporter].map(({ person_id }) => person_id);
        if (new Set(three).size < three.length || responsible_office === null) continue;
        return {
          reporter_id: reporter.person_id,
          direct_lead_id: lead.person_id,
          contact_person_id: contact.person_id,
          responsible_office,
        };
      }
  return null;
}
