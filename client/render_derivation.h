// Writes how a cell came to be, as a tree: one line for each step, what it is
// made of below it.
//
// Pure functions.

#ifndef COLLATE_CLIENT_RENDER_DERIVATION_H_
#define COLLATE_CLIENT_RENDER_DERIVATION_H_

#include <string>

#include "collate/v1/observation.pb.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// `f.csv:L88:C8  " 59 "  Kent, 2017/18, 88A`, before a sheet's cell the
// document: the printed cell.
std::string CitationWords(const v1::Citation& citation);

// With `boxes` the lines are joined by box-drawing characters, else by ASCII.
// A reporter with a single figure is one line. Behind each printed cell stand
// the adapter that read it and its version.
std::string RenderDerivation(const v1::ExplainCellResponse& explanation,
                             bool boxes);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_DERIVATION_H_
