package demo

// The words that made-up records are put together from. 40 first names and 25 last names make 1,000 people; 50 kinds and 10
// styles make 500 products.

func firstNames() []string {
	return []string{
		"Amelia", "Noah", "Priya", "Mateo", "Ingrid", "Kwame", "Yuki", "Omar", "Sofia", "Liam",
		"Chioma", "Henrik", "Mei", "Diego", "Fatima", "Jonas", "Anika", "Rafael", "Nadia", "Tomasz",
		"Leila", "Oscar", "Hana", "Samuel", "Zainab", "Felix", "Marta", "Arjun", "Elena", "Kofi",
		"Clara", "Ravi", "Astrid", "Pablo", "Grace", "Emil", "Aisha", "Victor", "Lucia", "Theo",
	}
}

func lastNames() []string {
	return []string{
		"Hughes", "Okafor", "Patel", "Garcia", "Larsen", "Mensah", "Tanaka", "Haddad", "Rossi", "Murphy",
		"Novak", "Schmidt", "Chen", "Fernandez", "Khan", "Weber", "Singh", "Costa", "Petrov", "Kowalski",
		"Moreau", "Lindqvist", "Sato", "Bennett", "Silva",
	}
}

func streets() []string {
	return []string{
		"Maple Street", "Harbor Road", "Orchard Lane", "Station Avenue", "Mill Road", "Chapel Street", "Park Avenue",
		"River Walk", "Hillcrest Drive", "Market Street", "Linden Way", "Bridge Street", "Meadow Lane", "Quarry Road",
		"Lakeside Drive", "Elm Court",
	}
}

func cities() []string {
	return []string{
		"Portland", "Austin", "Madison", "Savannah", "Boulder", "Ithaca", "Santa Fe", "Asheville", "Duluth", "Tacoma",
		"Burlington", "Eugene", "Providence", "Tucson", "Lexington", "Fargo",
	}
}

func notes() []string {
	return []string{
		"", "", "", "Leave with a neighbor if nobody answers.", "Please ring twice.", "It is a gift: no invoice in the box.",
		"Deliver after 5 pm.", "The door is at the back.",
	}
}

// kind is what a product is, whatever its style. Its price is what the cheapest costs.
type kind struct {
	name     string
	category string
	price    cents
	phrase   string
}

// kinds has one of each category before the second of any, so that neighbours differ.
func kinds() []kind {
	return []kind{
		{"Mug", "kitchen", 9_50, "For the first coffee of the day"},
		{"Desk Lamp", "lighting", 34_00, "Light where you need it"},
		{"Notebook", "office", 6_75, "For what is worth keeping"},
		{"Headphones", "audio", 79_00, "Hear every note"},
		{"Backpack", "travel", 58_00, "Carries a weekend with ease"},
		{"Plant Pot", "garden", 14_20, "A home for something green"},
		{"Yoga Mat", "sports", 27_00, "Grip where it counts"},
		{"Board Game", "games", 31_50, "For long evenings"},
		{"Throw Blanket", "home", 42_00, "Soft and warm"},
		{"Wall Charger", "electronics", 18_90, "Full again before you leave"},

		{"Kettle", "kitchen", 38_00, "Boils in two minutes"},
		{"Floor Lamp", "lighting", 89_00, "Fills a room"},
		{"Fountain Pen", "office", 24_00, "Writes as you think"},
		{"Speaker", "audio", 64_00, "More room than it takes"},
		{"Suitcase", "travel", 119_00, "Rolls over anything"},
		{"Watering Can", "garden", 21_50, "Never drips"},
		{"Dumbbell Set", "sports", 48_00, "A gym in a corner"},
		{"Puzzle", "games", 16_80, "A thousand small victories"},
		{"Cushion", "home", 19_00, "A better chair in a second"},
		{"Keyboard", "electronics", 72_00, "Typing as it should feel"},

		{"Chef's Knife", "kitchen", 54_00, "One knife for everything"},
		{"Pendant Light", "lighting", 67_00, "Above the table"},
		{"Desk Organizer", "office", 17_30, "Everything in its place"},
		{"Turntable", "audio", 189_00, "For records that deserve it"},
		{"Travel Pillow", "travel", 22_00, "Sleep on the way"},
		{"Pruning Shears", "garden", 26_40, "Cuts clean"},
		{"Water Bottle", "sports", 15_60, "Cold for a day"},
		{"Card Deck", "games", 8_20, "Fits every pocket"},
		{"Picture Frame", "home", 13_70, "For the ones you love"},
		{"Mouse", "electronics", 29_00, "Follows every move"},

		{"Cutting Board", "kitchen", 23_00, "Kind to knives"},
		{"String Lights", "lighting", 18_40, "Evenings outside"},
		{"Stapler", "office", 11_90, "Forty sheets at once"},
		{"Microphone", "audio", 96_00, "Your voice, as it is"},
		{"Packing Cubes", "travel", 25_50, "Order in every bag"},
		{"Garden Gloves", "garden", 9_90, "Thorns stay outside"},
		{"Running Belt", "sports", 20_70, "Keys, phone and go"},
		{"Chess Set", "games", 44_00, "Sixty-four squares of calm"},
		{"Door Mat", "home", 16_20, "The dirt stays out"},
		{"USB Hub", "electronics", 33_00, "Ports for all of it"},

		{"Frying Pan", "kitchen", 41_00, "Nothing sticks"},
		{"Night Light", "lighting", 12_60, "Finds the way at three"},
		{"Whiteboard", "office", 36_00, "Room to think"},
		{"Earbuds", "audio", 49_00, "Small and quiet"},
		{"Passport Wallet", "travel", 19_80, "Everything for the gate"},
		{"Herb Kit", "garden", 17_00, "Basil by next month"},
		{"Jump Rope", "sports", 10_40, "Ten minutes are enough"},
		{"Dice Set", "games", 7_60, "Rolls fair"},
		{"Candle", "home", 12_00, "Burns for forty hours"},
		{"Webcam", "electronics", 57_00, "Look awake"},
	}
}

func styles() []string {
	return []string{"Classic", "Compact", "Everyday", "Nordic", "Heritage", "Studio", "Traveler", "Premium", "Slim", "Outdoor"}
}
