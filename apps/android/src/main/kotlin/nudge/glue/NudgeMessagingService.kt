package nudge

import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage

/** What comes through Firebase. Its callbacks are on a thread of Firebase's. */
class NudgeMessagingService : FirebaseMessagingService() {
  override fun onNewToken(token: String) = Nudge.registerFcm(this, token)

  override fun onMessageReceived(message: RemoteMessage) {
    val shown = message.notification
    Screen(this).receive {
      Message.ofData(message.data, shown?.title, shown?.body, KeyVault(Vault(this))::keys)
    }
  }
}
