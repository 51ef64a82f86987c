package flight_test

import "testing"

// What a leader goes on to change must be made fit for others before, and for nobody that would be for nothing.
func TestAValueIsMadeFitForOthersOnlyWhereThereAreSome(t *testing.T) {
	together(t, func(c *callers) {
		var made []int
		c.group.Sharing = func(value int) { made = append(made, value) }
		c.got("one alone", c.comes(c.Context()), 1, false, nil)
		if len(made) != 0 {
			c.Errorf("%v were made fit for nobody", made)
		}
		leader, follower, other := c.comes(c.Context()), c.comes(c.Context()), c.comes(c.Context())
		c.got("the leader", leader, 2, false, nil)
		if len(made) != 1 || made[0] != 2 {
			c.Errorf("%v were made fit when the leader goes on", made)
		}
		c.got("a follower", follower, 2, true, nil)
		c.got("another", other, 2, true, nil)
		if len(made) != 1 {
			c.Errorf("%v were made fit", made)
		}
	})
}
