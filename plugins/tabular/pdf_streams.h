// What the compressed streams of a PDF inflate to, counted before a PDF library
// sees them: it would inflate them without asking.
//
// Internal to this folder.

#ifndef COLLATE_PLUGINS_TABULAR_PDF_STREAMS_H_
#define COLLATE_PLUGINS_TABULAR_PDF_STREAMS_H_

#include <string_view>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

// Streams that begin as zlib does, wherever they stand, each inflated into
// nothing; pictures apart, which are not decoded for their text. Streams
// packed twice, or in another way, are left to the limits of the process.
Status CheckPdfStreams(std::string_view document, Budget& budget);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PDF_STREAMS_H_
