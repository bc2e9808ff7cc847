// Note marks that stand in the text itself, after the name that they are about:
// "Metropolitan Police[Note 6]". Superscript marks are kept apart by the
// readers of workbooks already.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_GLUED_NOTE_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_GLUED_NOTE_H_

#include <string_view>

#include "plugins/tabular/number.h"

namespace collate::police_returns {

// Parts the name from its note "[Note 6]"; *note stays as it is without one.
inline void TakeGluedNote(std::string_view* name, std::string_view* note) {
  if (name->empty() || name->back() != ']') return;
  const size_t open = name->rfind('[');
  if (open == std::string_view::npos || open == 0) return;
  const std::string_view inside = name->substr(open + 1);
  if (inside.size() < 7 ||
      (inside.substr(0, 5) != "Note " && inside.substr(0, 5) != "note ")) {
    return;
  }
  for (const char c : inside.substr(5, inside.size() - 6)) {
    if (c < '0' || c > '9') return;
  }
  *note = name->substr(open);
  *name = tabular::Trim(name->substr(0, open));
}

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_GLUED_NOTE_H_
