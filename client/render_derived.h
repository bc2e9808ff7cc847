// Writes what was computed from the cells of an answer: rates, changes with
// both their bases, and shares.
//
// In a table a change has two columns, the matched panel first; in CSV every
// number has a column of its own. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_DERIVED_H_
#define COLLATE_CLIENT_RENDER_DERIVED_H_

#include <string>
#include <utility>
#include <vector>

#include "client/grid.h"
#include "collate/v1/statistics.pb.h"

namespace collate::client {

// Columns of a table, made from the first cell of an answer, and a cell's
// values in them; such as "per 1,000 people (2016-06-30)", "change on 2017/18,
// matched panel" and "share of known offences".
void AddDerivedColumns(const v1::Cell& first, std::vector<Column>& columns);
void AddDerivedValues(const v1::Cell& cell, std::vector<Value>& row);

// The same of CSV. Columns of rates stand among those of the cell; those of
// changes and shares came later and stand at the end.
void AddRateNames(const v1::Cell& first, std::vector<std::string>& names);
void AddRateFields(const v1::Cell& cell, std::vector<Value>& row);
void AddChangeAndShareNames(const v1::Cell& first,
                            std::vector<std::string>& names);
void AddChangeAndShareFields(const v1::Cell& cell, std::vector<Value>& row);

// Who is in changes and shares and who is not, and what to beware of, for cells
// with their names; the same words are said once for all that they hold of.
std::vector<std::string> DerivedNotes(
    const std::vector<std::pair<std::string, const v1::Cell*>>& cells);

// A line for each number, and one for each reporter left out.
std::string ExplainDerived(const v1::Cell& cell);

// "+89.8% (226 -> 429)", "48.0% (48 of 100)", or why there is no number.
std::string ComparisonWords(const v1::Comparison& comparison);
std::string ShareWords(const v1::Share& share);

// "+89.8%", "-30.0%", "+41.0% to +48.3%", "at least +150.0%": in tenths, one
// number where both ends come to it, else rounded outwards. Changes are signed,
// shares are not.
std::string PercentWords(const v1::DecimalInterval& percent, bool is_signed);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_DERIVED_H_
