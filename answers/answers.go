// Package answers tells whether what an operation asks for is known already, or is being found out for somebody else.
//
// Three things follow from what the schema says of an operation's fields. @cacheControl says how long its answer may be kept, and
// whether it is one caller's alone; the rules of the policy say whether it depends on who asks; and what services declare says
// whether theirs does (Rules). An answer is for everybody only where all three of them say so of every part, and a part of which
// anything is unknown says no. Such answers are kept whole (Cache). All others are their callers' alone, and are not kept here:
// their clients are told for how long they may do so (keeping).
//
// Equal operations that are under way at the same time share one execution, whether their answer is kept or not: those that are
// for everybody with everybody's, and all others with those of the same caller, by all that services could be sent of that
// caller. Each request is still authenticated, charged and admitted by itself before. What was denied to the one who ran it is
// not shared: the audit has to tell it of each request, so whoever waited for it asks again alone.
package answers
