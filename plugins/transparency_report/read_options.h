// What every reader of this adapter is told about a document.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_READ_OPTIONS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_READ_OPTIONS_H_

#include <string>

#include "plugins/tabular/budget.h"

namespace collate::transparency_report {

struct ReadOptions {
  tabular::Limits limits;
  std::string part;  // the document's name
};

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_READ_OPTIONS_H_
