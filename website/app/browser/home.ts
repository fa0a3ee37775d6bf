// The script of pages that need only the log out button (index, problems).
import { wireLogOut } from './session.ts';

wireLogOut();
